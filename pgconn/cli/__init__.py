"""The command line: options, prompts, messages and one short module for each command."""
