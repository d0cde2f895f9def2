// Packs columns of numbers into few bytes and back: quantised, differenced, zigzag varints.
