"""Tests of what a refusal means."""
