// Shapes and what they weigh.
#include <vector>

namespace shapes::inner {

template <typename T, std::size_t N = 4, template <class> class... Rest>
concept Weighty = requires(T t) { { t.weight() } -> std::convertible_to<double>; };

template <Weighty T>
class Box final : public virtual Base<T>, private Other {
 public:
  explicit constexpr Box(T &&value) noexcept(false) : value_{std::move(value)}, Base<T>() {}
  virtual ~Box() = default;
  Box(const Box &) = delete;
  [[nodiscard]] auto operator<=>(const Box &) const = default;
  template <class U> operator U() const { return static_cast<U>(value_); }

 private:
  T value_;
  static inline int count = 0;
};

}  // namespace shapes::inner

auto raw = R"delimiter(a raw "string" with )" inside
and a second line)delimiter";
auto user = 1'000'000_km + 0b1010u + "text"sv.size();

int main() {
  std::vector<std::vector<int>> grid{{1, 2}, {3}};
  auto sum = [&, n = 2]<typename X>(X x) mutable -> decltype(x) { return x * n >> 1; };
  for (const auto &[key, value] : grid) {
    try { if constexpr (sizeof(key) > 4) throw value; } catch (...) { co_return; }
  }
  using F = int (*)(double);
  delete[] new int[3]{};
  return sum(a < b && c > d), ::global<int>::value;
}
