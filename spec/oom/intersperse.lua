return range(3):enumerate():intersperse("-"):count()
