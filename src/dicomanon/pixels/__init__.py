"""What pixels look like and where they lie; numpy is imported only by `codec` and `render`."""
