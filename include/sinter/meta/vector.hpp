// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A growing array for constant evaluation.
///
/// std::vector is not usable in constant expressions with clang 14's standard library headers on libstdc++ 12, and
/// costs
/// 0.3 s to include. This one holds what the passes need: push, resize, index, iterate. Copy is explicit (`assign`), so
/// that no pass copies a table by accident.

#include <sinter/config.hpp>

#include <cstddef>

namespace sinter::meta {

template <class T>
class vector {
public:
    constexpr vector() = default;
    constexpr explicit vector(int count) { resize(count); }
    constexpr vector(int count, T value) { resize(count, value); }
    vector(const vector&) = delete;
    vector& operator=(const vector&) = delete;
    constexpr vector(vector&& other) noexcept : data_{other.data_}, size_{other.size_}, capacity_{other.capacity_} {
        other.data_ = nullptr;
        other.size_ = other.capacity_ = 0;
    }
    constexpr vector& operator=(vector&& other) noexcept {
        swap(other);
        return *this;
    }
    constexpr ~vector() { delete[] data_; }

    constexpr void swap(vector& other) noexcept {
        T* const data = data_;
        const int size = size_, capacity = capacity_;
        data_ = other.data_, size_ = other.size_, capacity_ = other.capacity_;
        other.data_ = data, other.size_ = size, other.capacity_ = capacity;
    }

    constexpr int size() const { return size_; }
    constexpr bool empty() const { return size_ == 0; }
    constexpr T& operator[](int i) { return data_[i]; }
    constexpr const T& operator[](int i) const { return data_[i]; }
    constexpr T& back() { return data_[size_ - 1]; }
    constexpr const T& back() const { return data_[size_ - 1]; }
    constexpr T* begin() { return data_; }
    constexpr T* end() { return data_ + size_; }
    constexpr const T* begin() const { return data_; }
    constexpr const T* end() const { return data_ + size_; }

    constexpr int push(const T& value) {
        if (size_ == capacity_) {
            const T copy = value;  // `value` may live in the storage that grow replaces
            grow(capacity_ == 0 ? 16 : 2 * capacity_);
            data_[size_] = copy;
        } else {
            data_[size_] = value;
        }
        return size_++;
    }
    constexpr T pop() { return data_[--size_]; }
    constexpr void truncate(int count) { size_ = count; }

    /// Leaves exactly `count` elements, each equal to `value`.
    constexpr void resize(int count, T value) {
        if (count > capacity_) allocate(count);
        size_ = count;
        T* const data = data_;
        for (int i = 0; i < count; ++i) data[i] = value;
    }
    /// Leaves exactly `count` elements, each T{}: those of new storage are that already.
    constexpr void resize(int count) {
        if (count <= capacity_) return resize(count, T{});
        allocate(count);
        size_ = count;
    }
    /// Leaves `count` elements, of which those that are new are to be written: they hold whatever stood there.
    constexpr void extend(int count) {
        if (count > capacity_) grow(count > 2 * capacity_ ? (count > 16 ? count : 16) : 2 * capacity_);
        size_ = count;
    }
    constexpr void assign(const vector& other) {
        truncate(0);
        for (const T& value : other) push(value);
    }

private:
    constexpr void allocate(int count) {
        delete[] data_;
        data_ = new T[static_cast<unsigned>(count)]{};
        capacity_ = count;
    }
    constexpr void grow(int capacity) {
        T* const larger = new T[static_cast<std::size_t>(capacity)]{};
        const T* const data = data_;
        const int size = size_;
        for (int i = 0; i < size; ++i) larger[i] = data[i];
        delete[] data_;
        data_ = larger;
        capacity_ = capacity;
    }

    T* data_ = nullptr;
    int size_ = 0;
    int capacity_ = 0;
};

}  // namespace sinter::meta
