"""What a person may configure: the policy of the rules, each number with its unit and its reason."""
