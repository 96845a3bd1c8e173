// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A value or a typed error, with or without exceptions.
///
/// What can fail at run time (files, sizes that a user gives) returns result<Value>. Who wants to handle an error asks
/// `if (!r)` and reads r.error(); who does not writes r.value(): it throws sinter::failure or, under -fno-exceptions,
/// prints the message and aborts. A message names what was expected, what was found, and the cure. Law: a result holds
/// exactly one of the two. Not std::expected, which C++20 lacks; without its monadic functions, which nothing here
/// needs.

#include <sinter/config.hpp>

#include <cassert>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace sinter {

enum class error_code : unsigned char {
    file_not_found,
    io_failed,
    bad_format,
    shape_mismatch,
    unknown_name,
    bad_argument,
    not_finite
};

constexpr const char* name_of(error_code code) noexcept {
    switch (code) {
        case error_code::file_not_found: return "file not found";
        case error_code::io_failed: return "input or output failed";
        case error_code::bad_format: return "bad format";
        case error_code::shape_mismatch: return "shape mismatch";
        case error_code::unknown_name: return "unknown name";
        case error_code::bad_argument: return "bad argument";
        case error_code::not_finite: return "not finite";
    }
    return "unknown error";
}

struct error {
    error_code code;
    std::string message;
};

namespace detail {
SINTER_COLD inline void append(std::string& text, std::string_view part) { text += part; }
template <class Number>
    requires std::is_arithmetic_v<Number>
SINTER_COLD void append(std::string& text, Number number) {
    if constexpr (std::is_same_v<Number, char>)
        text += number;
    else
        text += std::to_string(number);
}
}  // namespace detail

/// The parts one after the other, numbers in decimal: `error{error_code::bad_format, words("found ", 3, " values")}`.
///
/// Not `"found " + std::to_string(3)`: where g++ 12 inlines that at -O3 it warns of an overlap that is none
/// (https://gcc.gnu.org/bugzilla/show_bug.cgi?id=105651, fixed in g++ 13).
template <class... Parts> SINTER_COLD std::string words(const Parts&... parts) {
    std::string text;
    (detail::append(text, parts), ...);
    return text;
}

/// What value() throws: the message, and the code for those who catch it.
class failure : public std::runtime_error {
public:
    explicit failure(const error& cause) : std::runtime_error(cause.message), code_(cause.code) {}

    error_code code() const noexcept { return code_; }

private:
    error_code code_;
};

/// Gives up: throws failure or, where exceptions are off, prints the message and aborts.
[[noreturn]] SINTER_COLD inline void raise(const error& cause) {
#if SINTER_HAS_EXCEPTIONS
    throw failure(cause);
#else
    std::fprintf(stderr, "sinter: %s: %s\n", name_of(cause.code), cause.message.c_str());
    std::abort();
#endif
}

/// An error with a message by printf, of at most 400 characters: one function, where `words` is one more for each kind
/// of message. Every file pays for those of functions that are no templates.
[[gnu::format(printf, 2, 3)]] SINTER_COLD inline error printed(error_code code, const char* format, ...) {
    char text[400];
    std::va_list numbers;
    va_start(numbers, format);
    std::vsnprintf(text, sizeof text, format, numbers);
    va_end(numbers);
    return {code, text};
}

/// Gives up with such a message.
[[noreturn, gnu::format(printf, 2, 3)]] SINTER_COLD inline void raise(error_code code, const char* format, ...) {
    char text[400];
    std::va_list numbers;
    va_start(numbers, format);
    std::vsnprintf(text, sizeof text, format, numbers);
    va_end(numbers);
    raise(error{code, text});
}

/// Either a Value or an error; both convert to it, so a function says `return value;` or `return error{code,
/// message};`.
template <class Value> class [[nodiscard]] result {
public:
    using value_type = Value;

    result(Value value) : value_(std::in_place, std::move(value)) {}
    result(sinter::error cause) : cause_(std::move(cause)) {}

    bool has_value() const noexcept { return value_.has_value(); }
    explicit operator bool() const noexcept { return has_value(); }

    /// The value; raises the error if there is none.
    Value& value() & { return require(), **this; }
    const Value& value() const& { return require(), **this; }
    Value&& value() && { return require(), *std::move(*this); }

    /// *Requires* has_value(): unlike value() these do not look in a build with NDEBUG.
    Value& operator*() & noexcept { return *pointer(); }
    const Value& operator*() const& noexcept { return *pointer(); }
    Value&& operator*() && noexcept { return std::move(*pointer()); }
    Value* operator->() noexcept { return pointer(); }
    const Value* operator->() const noexcept { return pointer(); }

    /// *Requires* !has_value().
    const sinter::error& error() const noexcept {
        assert(!has_value());
        return cause_;
    }

private:
    void require() const {
        if (!has_value()) raise(error());
    }
    Value* pointer() noexcept {
        assert(has_value());
        return &*value_;
    }
    const Value* pointer() const noexcept {
        assert(has_value());
        return &*value_;
    }

    // Not a std::variant, which costs every file 0.05 s.
    std::optional<Value> value_;
    sinter::error cause_{};  // of no meaning beside a value
};

/// Success or an error.
template <> class [[nodiscard]] result<void> {
public:
    using value_type = void;

    result() = default;
    result(sinter::error cause) : error_(std::move(cause)) {}

    bool has_value() const noexcept { return !error_.has_value(); }
    explicit operator bool() const noexcept { return has_value(); }

    void value() const {
        if (error_) raise(*error_);
    }

    /// *Requires* !has_value().
    const sinter::error& error() const noexcept {
        assert(error_.has_value());
        return *error_;
    }

private:
    std::optional<sinter::error> error_;
};

}  // namespace sinter
