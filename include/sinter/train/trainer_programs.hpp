// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The programs of a trainer: each with a workspace and buffers of its own, on the weights of one model.
///
/// It knows how a program is run, and nothing of the order in which a trainer runs them (train/trainer.hpp). Memory is
/// allocated when a program is first called or its buffers are asked for, and stays where it is.

#include <sinter/kernel/flush_to_zero.hpp>
#include <sinter/optim/hyper_parameters.hpp>
#include <sinter/train/forward_half.hpp>
#include <sinter/train/list_buffers.hpp>
#include <sinter/train/minibatch_checks.hpp>
#include <sinter/train/model.hpp>
#include <sinter/train/training_memory.hpp>

#include <algorithm>
#include <cstring>
#include <span>
#include <type_traits>

namespace sinter {

namespace detail {
[[noreturn]] SINTER_COLD inline void raise_no_weights(bool moved_from) {
    raise(error_code::bad_argument,
          moved_from ? "trainer: expected one with a model, found one that was moved from; use the one it was moved to"
                     : "trainer: expected its model, found that it was destroyed; a model outlives its trainers");
}

inline namespace SINTER_INSTRUCTION_SET {

/// The base of trainer<Net, Loss, Rule, Target, Scalar, Rows, Threads>.
template <class Net, class Loss, class Rule, class Target, class Scalar, class Rows, class Threads>
class trainer_programs {
    static_assert(is_trainable<Net, Loss, Target, Rule>);
    static constexpr bool has_team = std::is_lvalue_reference_v<Threads>;
    static_assert(
        has_team || std::is_same_v<Threads, no_team>,
        "trainer: the fifth argument is a team that has a name and outlives the trainer: `sinter::team two{2};`");

protected:
    using all = plans<Net, Scalar, Rows::capacity>;
    using gradient_plan = typename all::template gradient<Loss, Target>;
    using accumulate_plan = typename all::template accumulate<Loss, Target>;
    using step_plan = typename all::template step<Loss, Target, Rule>;
    using update_plan = typename all::template update<Loss, Target, Rule>;
    template <class Plan>
    using code =
        program<Scalar, Plan, typename plans<Net, Scalar, 1>::inference, step_plan>;  // whose kernels are shared

public:
    using lists = training_lists<Net, Loss, Target>;
    using stored_target = std::conditional_t<lists::integers(0), std::int32_t, Scalar>;
    static constexpr int capacity = Rows::capacity;
    static constexpr int parameter_elements = all::parameters::value.elements;

    /// The team, or what stands for it, with which a minibatch can be gathered.
    std::remove_reference_t<Threads>& threads() { return threads_; }
    /// The weights that it trains, `parameter_elements` numbers in the layout of its model; raises bad_argument where
    /// there are none.
    const Scalar* weights() const {
        const auto* const found = static_cast<const Scalar*>(link_.weights());
        if (found == nullptr) raise_no_weights(link_.empty());
        return found;
    }
    /// Sets them, as assigning to the model does. *Requires* parameter_elements numbers in the same layout.
    void assign_weights(const Scalar* values) {
        std::copy_n(values, parameter_elements, const_cast<Scalar*>(weights()));
        link_.changed();
    }

    struct buffers {
        Scalar* inputs;
        stored_target* targets;
        const Scalar* outputs;
        std::size_t input_stride, target_stride, output_stride, output_size;
        const Scalar* loss;
    };

protected:
    trainer_programs(const weights_link& link, std::remove_reference_t<Threads>& threads)
        : link_{link}, threads_{held(threads)} {}

    using half = forward_half<gradient_plan, typename all::parameters>;

    Scalar* gradients() {
        (void)weights();
        return memory_.gradients(parameter_elements);
    }
    void take_early_gradients() {
        for (int p = 0; p < all::parameters::count; ++p) {
            const parameter_place& place = all::parameters::value.places[p];
            if (half::value.early[p])
                std::copy_n(memory_.in_window(half::value.first, place.offset), place.where.elements,
                            gradients() + place.offset);
        }
    }
    /// A program's workspace.
    template <class Plan>
    Scalar* values() {
        using memory = training_memory<Scalar>;
        constexpr auto which = std::is_same_v<Plan, step_plan>         ? memory::step
                               : std::is_same_v<Plan, gradient_plan>   ? memory::gradient
                               : std::is_same_v<Plan, accumulate_plan> ? memory::accumulate
                                                                       : memory::update;
        return memory_.values(which, code<Plan>::workspace_elements_of(threads_.size()));
    }
    void set_mean(int mean_over) { memory_.scalar(0) = Scalar(1) / static_cast<Scalar>(mean_over); }
    /// All that a run of a program needs, allocated; *raises* bad_argument where there are no weights.
    template <class Plan>
    arenas<Scalar> arenas_of(Scalar* gradients) {
        arenas<Scalar> storage;
        storage[arena::parameters] = const_cast<Scalar*>(weights());
        storage[arena::state] = memory_.state.data();
        storage[arena::gradients] = gradients;
        storage[arena::workspace] = values<Plan>();
        storage[arena::scalars] = memory_.scalars(code<Plan>::scalar_elements);
        return storage;
    }
    template <class Plan, int First = 0, int Last = code<Plan>::call_count>
    void run(const arenas<Scalar>& storage, int count) {
        threads_.run([&](auto thread) {
            const flush_to_zero guard;
            code<Plan>::template run<First, Last>(storage, count, thread);
        });
    }
    template <class Plan>
    double loss_of() {
        return static_cast<double>(values<Plan>()[Plan::value.outputs[0].offset]);
    }
    template <class Plan>
    stored_target* targets_of() {
        // Labels lie in the arena as 32-bit integers; its elements are at least as large.
        return reinterpret_cast<stored_target*>(values<Plan>() + Plan::value.inputs[1].offset);
    }
    template <class Plan>
        requires lists::by_number
    list_buffers<Net, lists, Scalar, Plan> buffers_of() {
        (void)weights();  // a trainer without weights has no buffers
        return list_buffers<Net, lists, Scalar, Plan>{values<Plan>()};
    }
    template <class Plan>
    buffers buffers_of() {
        constexpr port in = Plan::value.inputs[0], target = Plan::value.inputs[1], out = Plan::value.outputs[1];
        (void)weights();  // a trainer without weights has no buffers
        Scalar* const base = values<Plan>();
        return {base + in.offset,
                targets_of<Plan>(),
                base + out.offset,
                static_cast<std::size_t>(in.where.row_stride),
                static_cast<std::size_t>(target.where.row_stride),
                static_cast<std::size_t>(out.where.row_stride),
                static_cast<std::size_t>(out.shape.size()),
                base + Plan::value.outputs[0].offset};
    }
    /// What a program is to run on: as many rows as it takes, each with a label that is a class.
    template <class Plan>
    void check_buffers(int count, int mean_over) {
        check_rows(count, capacity);
        check_mean(count, mean_over);
        if constexpr (lists::by_number)
            check_list_labels<Net, lists>(buffers_of<Plan>(), count);
        else if constexpr (Target::integers)
            check_labels(targets_of<Plan>(), static_cast<std::size_t>(Plan::value.inputs[1].where.row_stride), count,
                         network_output<Net>.last());
    }
    static int samples_of(std::span<const Scalar> inputs, std::span<const stored_target> targets) {
        return count_samples(inputs.size(), input_shape_t<Net>::size, targets.size(), Target::shape_type::size);
    }
    template <class Plan>
    void copy_in(const Scalar* inputs, const stored_target* targets, int count) {
        constexpr auto in = static_cast<std::size_t>(input_shape_t<Net>::size),
                       out = static_cast<std::size_t>(Target::shape_type::size);
        check_rows(count, capacity);
        check_samples(inputs, targets);
        const buffers b = buffers_of<Plan>();
        for (std::size_t r = 0; r < static_cast<std::size_t>(count); ++r) {
            std::memcpy(b.inputs + r * b.input_stride, inputs + r * in, in * sizeof(Scalar));
            for (std::size_t i = 0; i < out; ++i) b.targets[r * b.target_stride + i] = targets[r * out + i];
        }
    }

    weights_link link_;
    training_memory<Scalar> memory_;

private:
    using threads_type = std::conditional_t<has_team, Threads, no_team>;
    static threads_type held(std::remove_reference_t<Threads>& threads) {
        if constexpr (has_team)
            return threads;
        else
            return {};
    }

    threads_type threads_;  // a reference to a team
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace detail
}  // namespace sinter
