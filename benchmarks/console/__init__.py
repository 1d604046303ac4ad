"""The console over a hundred thousand packets: status, lists, statistics, exports."""
