"""Fits, profiles and scans."""
