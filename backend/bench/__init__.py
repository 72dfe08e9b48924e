"""What is measured and what it is measured against, and the replay of real records. No part of the service."""
