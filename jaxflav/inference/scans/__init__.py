"""Large scans: products of axes, on all devices of all processes, restartable."""

from jaxflav.inference.scans.definition import Scan as Scan, define_scan as define_scan
from jaxflav.inference.scans.evaluate import local_devices as local_devices
from jaxflav.inference.scans.processes import Processes as Processes, start_processes as start_processes
from jaxflav.inference.scans.run import run_scan as run_scan
