// Array: a column of a Map. Either owns its rows (while freeze builds the map) or is a view of rows that lie in a
// mapped file (read by compiled_map). Reads like a std::vector. Copies own their rows; writing to a view copies it
// first, so the file behind it is never written. A view does not keep its file open: whoever makes it does.
// Thread rule: as std::vector.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace bitgoeul::maps {

template <class T>
class Array {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  using value_type = T;
  using size_type = std::size_t;
  using iterator = T*;
  using const_iterator = const T*;

  Array() = default;
  Array(std::vector<T> rows) : own_(std::move(rows)) { adopt(); }
  Array(std::initializer_list<T> rows) : own_(rows) { adopt(); }
  Array(const Array& other) : own_(other.begin(), other.end()) { adopt(); }
  Array(Array&& other) noexcept
      : own_(std::move(other.own_)), data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Array& operator=(Array other) noexcept {
    own_.swap(other.own_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  static Array view(std::span<const T> rows) {
    Array array;
    array.data_ = rows.data();
    array.size_ = rows.size();
    return array;
  }

  const T* data() const { return data_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const T& operator[](std::size_t row) const { return data_[row]; }
  const T& front() const { return data_[0]; }
  const T& back() const { return data_[size_ - 1]; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  auto rbegin() const { return std::make_reverse_iterator(end()); }
  auto rend() const { return std::make_reverse_iterator(begin()); }
  bool is_view() const { return data_ != own_.data(); }

  T* data() { return own().data(); }
  T& operator[](std::size_t row) { return own()[row]; }
  T& front() { return own().front(); }
  T& back() { return own().back(); }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  void push_back(const T& row) {
    change([&](auto& rows) { rows.push_back(row); });
  }
  void reserve(std::size_t rows) {
    change([&](auto& own) { own.reserve(rows); });
  }
  void resize(std::size_t rows) {
    change([&](auto& own) { own.resize(rows); });
  }
  void clear() {
    change([](auto& rows) { rows.clear(); });
  }
  void pop_back() {
    change([](auto& rows) { rows.pop_back(); });
  }
  template <class It>
  void insert(const T* before, It first, It last) {
    const auto row = before - data_;
    change([&](auto& rows) { rows.insert(rows.begin() + row, first, last); });
  }

 private:
  std::vector<T>& own() {
    if (is_view()) own_.assign(data_, data_ + size_), adopt();
    return own_;
  }
  template <class F>
  void change(F&& f) {
    f(own());
    adopt();
  }
  void adopt() {
    data_ = own_.data();
    size_ = own_.size();
  }

  std::vector<T> own_;
  const T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace bitgoeul::maps
