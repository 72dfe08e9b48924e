"""What a learner is to the service: zones."""
