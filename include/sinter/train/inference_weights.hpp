// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What every inference object has, whatever its network's inputs and outputs: the weights, and a run of its program.

#include <sinter/kernel/flush_to_zero.hpp>
#include <sinter/train/model.hpp>
#include <sinter/train/workspace.hpp>

#include <cassert>
#include <vector>

namespace sinter {

namespace detail {
inline namespace SINTER_INSTRUCTION_SET {

/// The base of inference<Net, Scalar, Rows>.
template <class Net, floating Scalar, class Rows>
class inference_weights {
    static_assert(is_sound<Net, network<Net>::report>);

protected:
    using plan = typename plans<Net, Scalar, Rows::capacity>::inference;
    using code = program<Scalar, plan, typename plans<Net, Scalar, 1>::inference>;  // of any number of rows

public:
    using workspace_type = workspace_of<Scalar, code, plan>;
    static constexpr int capacity = Rows::capacity;

    /// All weights zero: for load_weights.
    inference_weights() : arena_(static_cast<std::size_t>(plans<Net, Scalar, 1>::parameters::value.elements)) {}
    template <class OtherRows>
    explicit inference_weights(const model<Net, Scalar, OtherRows>& net)
        : arena_(static_cast<std::size_t>(net.parameter_elements)) {
        for (std::size_t i = 0; i < arena_.size(); ++i) arena_[i] = net.arena()[i];
    }

    /// *Raises* bad_argument if the weights were moved elsewhere.
    const Scalar* arena() const { return require(), arena_.data(); }
    workspace_type workspace() const { return {}; }
    /// Views of the weights, valid as long as these.
    std::vector<parameter_view<Scalar>> parameters() { return require(), parameters_in<Net>(arena_.data()); }
    std::vector<parameter_view<const Scalar>> parameters() const { return parameters_in<Net>(arena()); }

    /// The run over `count` rows of the input buffers. *Requires* 1 ≤ count ≤ capacity.
    void run(workspace_type& w, int count) const noexcept {
        const void* addresses[static_cast<std::size_t>(input_count<Net>)];
        for (int k = 0; k < input_count<Net>; ++k) addresses[k] = w.at(plan::value.inputs[k]);
        run_at(weights(), w, addresses, count);
    }
    /// The same, or why not: too few or too many rows, something that was moved from.
    result<void> try_run(workspace_type& w, int count) const {
        if (moved_from() || w.moved_from()) return moved_from_inference();
        if (count < 1 || count > capacity) return wrong_rows(capacity, count);
        return run(w, count), result<void>();
    }

protected:
    bool moved_from() const { return arena_.data() == nullptr; }
    const Scalar* weights() const {
        assert(!moved_from() && "inference: it has weights, and was not moved from");
        return arena_.data();
    }
    /// The run with an address for each input, and with the weights of an arena, which need not be this object's.
    static void run_at(const Scalar* weights, workspace_type& w, const void* const* addresses, int count) noexcept {
        assert(count >= 1 && count <= capacity && "inference: 1 to capacity rows");
        assert(!w.moved_from() && "inference: a workspace that was not moved from");
        const flush_to_zero guard;
        arenas<Scalar> storage;
        storage[arena::parameters] = const_cast<Scalar*>(weights);  // an inference plan only reads them
        storage.inputs = addresses;
        storage[arena::workspace] = w.values();
        storage[arena::scalars] = w.scalars();
        code::run(storage, count);
    }

private:
    void require() const {
        if (moved_from()) raise_moved_from("inference");
    }

    aligned_buffer<Scalar> arena_;
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace detail
}  // namespace sinter
