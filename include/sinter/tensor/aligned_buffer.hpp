// SPDX-License-Identifier: BSL-1.0
#pragma once

/// An arena: one aligned block of zeros, allocated once, of a size that is a constant of a program.
///
/// On Linux a large one asks for huge pages: a product of 1024 x 1024 matrices else waits for page tables (0.58 to 0.80
/// of the peak on Zen 3 under a hypervisor, against 0.91).

#include <sinter/config.hpp>

#include <cassert>
#include <cstddef>
#include <new>
#include <utility>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace sinter {

namespace detail {
/// The bytes of size + slack elements. More than an object can have asks for the most, which throws std::bad_alloc.
constexpr std::size_t buffer_bytes(std::size_t size, std::size_t slack, std::size_t element) {
    constexpr std::size_t most = static_cast<std::size_t>(-1) / 2;
    return size > most / element - slack ? most : (size + slack) * element;
}
}  // namespace detail

/// `size` elements, 64-byte aligned, and as many bytes behind them as the widest vector may read. One that was made
/// without a size or moved from, or copied from such a one, has no block: its data() is null. 0 elements have a block.
template <class T>
class aligned_buffer {
public:
    static constexpr std::size_t alignment = 64;
    static constexpr std::size_t slack = 2 * alignment / sizeof(T);

    aligned_buffer() = default;
    explicit aligned_buffer(std::size_t size)
        : data_{static_cast<T*>(::operator new(detail::buffer_bytes(size, slack, sizeof(T)), alignment_of(size)))}
        , size_{size} {
#if defined(__linux__)
        if (is_large(size)) (void)madvise(data_, size * sizeof(T), MADV_HUGEPAGE);  // a wish: nothing depends on it
#endif
        for (std::size_t i = 0; i < size + slack; ++i) data_[i] = T(0);
    }
    aligned_buffer(const aligned_buffer& other)
        : aligned_buffer(other.data_ == nullptr ? aligned_buffer() : aligned_buffer(other.size_)) {
        for (std::size_t i = 0; i < size_; ++i) data_[i] = other.data_[i];
    }
    aligned_buffer(aligned_buffer&& other) noexcept
        : data_{std::exchange(other.data_, nullptr)}, size_{std::exchange(other.size_, 0)} {}
    aligned_buffer& operator=(aligned_buffer other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~aligned_buffer() { ::operator delete(data_, alignment_of(size_)); }

    T* data() { return data_; }
    const T* data() const { return data_; }
    std::size_t size() const { return size_; }
    /// *Requires* i < size().
    T& operator[](std::size_t i) { return assert(i < size_), data_[i]; }
    const T& operator[](std::size_t i) const { return assert(i < size_), data_[i]; }

private:
    static constexpr std::size_t huge_page = std::size_t{1} << 21;
    static bool is_large(std::size_t size) { return size >= 2 * huge_page / sizeof(T); }
    static std::align_val_t alignment_of(std::size_t size) {
        return std::align_val_t{is_large(size) ? huge_page : alignment};
    }

    T* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace sinter
