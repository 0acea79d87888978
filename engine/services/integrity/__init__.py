"""Has anything been changed behind the engine's back: data about people, files of the program (Order 456, 5(16), 5(17))."""

from engine.services.integrity.program import ProgramFinding, check_program, seal_program
from engine.services.integrity.records import RecordFinding, check_records

__all__ = ["ProgramFinding", "RecordFinding", "check_program", "check_records", "seal_program"]
