"""What is alike for all servers: where they listen, who may call, what they log and count."""
