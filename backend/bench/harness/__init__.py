"""What every measurement needs: running servers and a load generator."""
