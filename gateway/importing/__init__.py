"""Files of other systems into the modules' own commands, by a mapping that an integrator writes in TOML.

Owns the mapping language, the readers of CSV and TSV, the report and the file of refused rows. Writes nothing itself:
every row goes through the command of the module that owns it, in batches of 500, one transaction each.
"""

from gateway.importing.errors import WrongMapping
from gateway.importing.homes import require_home
from gateway.importing.report import Report
from gateway.importing.run import import_files, run_import

__all__ = ["Report", "WrongMapping", "import_files", "require_home", "run_import"]
