def missing_colon(a, b)
    return a +

class Odd
        def deep(self):
            if self.x == :
                return [1, 2, 3
      # dedented to nowhere
          x = 5

def strings():
    first = f"open {brace and {nested!r:>{width}"
    second = '''never closed in this function
    def inner():
        pass
    ''' + "closed" 'and open
    print(second

for in range(10):
	mixed = tabs
        and_spaces = 1

match x:
    case {"a": 1, **}
        pass

@
def g(): return lambda: yield = 3
last = """
