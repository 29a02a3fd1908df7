"""Large scans: products of axes, on all devices of all processes, restartable.

What is scanned is in ``definition``, the loop over chunks with its store on disk in ``run``, the fits of a chunk on the
devices in ``evaluate``, processes that share a scan in ``processes``, the result as an xarray Dataset or netCDF in
``dataset``, the status of points that were not fitted in ``status``.
"""
