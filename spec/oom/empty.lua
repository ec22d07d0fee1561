return empty():count()
