#include <vector
template <typename T
class Half : public {
  T value
  Half(T v : value(v) {}
  operator () const;
};

namespace { int x = ; 

auto raw = R"delimiter(never closed)other";

int main( {
  std::vector<std::vector<int> v{1, 2;
  auto f = [&](int x { return x; };
  for (auto [a, b : v) {}
  if constexpr (true { }
  throw ;
  new ;
}
template <> > void g();
)delimiter
