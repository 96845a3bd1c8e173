// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A text built during constant evaluation: paths of members.

#include <sinter/meta/vector.hpp>

namespace sinter::meta {

class text {
public:
    constexpr text() = default;
    constexpr text(const char* s) { add(s); }
    constexpr text copy() const {
        text t;
        t.chars_.assign(chars_);
        return t;
    }
    constexpr text& add(char c) { return chars_.push(c), *this; }
    constexpr text& add(const char* s) {
        while (*s != 0) add(*s++);
        return *this;
    }
    constexpr text& add(int value) {
        if (value > 9) add(value / 10);
        return add(static_cast<char>('0' + value % 10));
    }
    /// A dot between two names, none before the first.
    constexpr text& add_member(const char* name) { return separate().add(name); }
    constexpr text& add_member(int index) { return separate().add(index); }
    constexpr text& add_element(int index) { return add('[').add(index).add(']'); }

    constexpr int size() const { return chars_.size(); }
    constexpr char operator[](int i) const { return chars_[i]; }
    constexpr bool operator==(const char* s) const {
        for (int i = 0; i < size(); ++i)
            if (s[i] == 0 || s[i] != chars_[i]) return false;
        return s[size()] == 0;
    }

private:
    constexpr text& separate() { return chars_.empty() ? *this : add('.'); }
    vector<char> chars_;
};

}  // namespace sinter::meta
