// SPDX-License-Identifier: BSL-1.0
#pragma once

/// An arena: one aligned block of zeros, allocated once, of a size that is a constant of a program.

#include <cstddef>
#include <new>
#include <utility>

namespace sinter {

/// `size` elements, 64-byte aligned, and as many bytes behind them as the widest vector may read.
template <class T>
class aligned_buffer {
public:
    static constexpr std::size_t alignment = 64;
    static constexpr std::size_t slack = 2 * alignment / sizeof(T);

    aligned_buffer() = default;
    explicit aligned_buffer(std::size_t size)
        : data_{static_cast<T*>(::operator new((size + slack) * sizeof(T), std::align_val_t{alignment}))}, size_{size} {
        for (std::size_t i = 0; i < size + slack; ++i) data_[i] = T(0);
    }
    aligned_buffer(const aligned_buffer& other) : aligned_buffer(other.size_) {
        for (std::size_t i = 0; i < size_; ++i) data_[i] = other.data_[i];
    }
    aligned_buffer(aligned_buffer&& other) noexcept
        : data_{std::exchange(other.data_, nullptr)}, size_{std::exchange(other.size_, 0)} {}
    aligned_buffer& operator=(aligned_buffer other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~aligned_buffer() { ::operator delete(data_, std::align_val_t{alignment}); }

    T* data() { return data_; }
    const T* data() const { return data_; }
    std::size_t size() const { return size_; }
    T& operator[](std::size_t i) { return data_[i]; }
    const T& operator[](std::size_t i) const { return data_[i]; }

private:
    T* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace sinter
