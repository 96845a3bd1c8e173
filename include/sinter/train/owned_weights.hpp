// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The weights of a model, and the link by which trainers find them.
///
/// Weights are an arena that one model owns. A model that is moved takes them along, and the trainers made with it go
/// on with them; one that is assigned to gets the other's values and keeps its arena, so that its views and trainers
/// stay valid; one that is destroyed leaves its trainers without weights, which they notice. The link counts changes:
/// after one, activations of the weights before are of no use. Links are counted without a lock: a model and its
/// trainers belong to one thread at a time.

#include <sinter/config.hpp>
#include <sinter/meta/result.hpp>
#include <sinter/tensor/aligned_buffer.hpp>

#include <cstddef>
#include <utility>

namespace sinter::detail {
inline namespace SINTER_TARGET {

/// Where the weights are while a model has them, shared by the model and its trainers.
class weights_link {
public:
    weights_link() = default;
    explicit weights_link(void* weights) : to_{new shared{weights}} {}
    weights_link(const weights_link& other) noexcept : to_{other.to_} {
        if (to_ != nullptr) ++to_->holders;
    }
    weights_link(weights_link&& other) noexcept : to_{other.to_} { other.to_ = nullptr; }
    weights_link& operator=(weights_link other) noexcept {
        shared* const mine = to_;
        to_ = other.to_;
        other.to_ = mine;
        return *this;
    }
    ~weights_link() {
        if (to_ != nullptr) let_go(to_);
    }

    bool empty() const noexcept { return to_ == nullptr; }
    /// Null if the model was destroyed, or the link moved from.
    void* weights() const noexcept { return empty() ? nullptr : to_->weights; }
    long long changes() const noexcept { return empty() ? 0 : to_->changes; }
    void changed() noexcept {
        if (!empty()) ++to_->changes;
    }
    void destroyed() noexcept {
        if (!empty()) to_->weights = nullptr;
    }

private:
    struct shared {
        void* weights;
        long long changes = 0;
        int holders = 1;
    };
    // Out of line: where g++ 12 inlines several, it warns of a use after the delete of another.
    SINTER_COLD static void let_go(shared* of) noexcept {
        if (--of->holders == 0) delete of;
    }
    shared* to_ = nullptr;
};

[[noreturn]] SINTER_COLD inline void raise_moved_from(const char* what) {
    raise(
        error_code::bad_argument,
        "%s: expected weights, found that it was moved from; use the one that it was moved to, or assign another to it",
        what);
}

/// An arena of weights. Copying copies the values; assigning too, but to one that was moved from.
template <class Scalar>
class owned_weights {
public:
    explicit owned_weights(std::size_t size) : arena_(size) {}
    owned_weights(const owned_weights& other) : arena_(other.arena_) {}
    owned_weights(owned_weights&&) noexcept = default;
    owned_weights& operator=(const owned_weights& other) {
        const Scalar* const values = other.arena();
        Scalar* const mine = rewritten(other.arena_.size());
        for (std::size_t i = 0; i < arena_.size(); ++i) mine[i] = values[i];
        return *this;
    }
    owned_weights& operator=(owned_weights&& other) {
        if (arena_.data() != nullptr) return *this = static_cast<const owned_weights&>(other);
        arena_ = std::move(other.arena_);
        link_ = std::move(other.link_);
        return *this;
    }
    ~owned_weights() { link_.destroyed(); }

    /// *Raises* bad_argument if the weights were moved elsewhere.
    Scalar* arena() { return const_cast<Scalar*>(static_cast<const owned_weights&>(*this).arena()); }
    const Scalar* arena() const {
        if (arena_.data() == nullptr) raise_moved_from("model");
        return arena_.data();
    }
    /// The arena, to be set anew; one of `size` elements where it was moved elsewhere.
    Scalar* rewritten(std::size_t size) {
        if (arena_.data() == nullptr) arena_ = aligned_buffer<Scalar>(size);
        link_.changed();
        return arena_.data();
    }
    /// For a trainer.
    weights_link link() {
        if (link_.empty()) link_ = weights_link(arena());
        return link_;
    }

private:
    aligned_buffer<Scalar> arena_;
    weights_link link_;
};

}  // namespace SINTER_TARGET
}  // namespace sinter::detail
