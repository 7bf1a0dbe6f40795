"""What is sold and paid for: clients, services, payments, receipts, and files about them."""
