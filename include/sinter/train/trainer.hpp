// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The hand-written loop's door: a model, a loss and an update rule, step by step.
///
/// `trainer t{net, cross_entropy{}, adam{}, labels{}}; for (…) loss = t.step(inputs, targets, rows);`
/// One step is one program: forward, gradient, update, fused. The three-call form `forward`, `backward`, `update` runs
/// the gradient program in two parts and the rule alone; it gives the same bits. `accumulate` adds a chunk's gradients,
/// for minibatches above the capacity. Buffers are allocated once, here. While a program runs, denormals are zero; the
/// processor's mode is restored after it. Only the programs that are called are compiled. A fifth argument is a team of
/// threads (program/team.hpp), which outlives the trainer; the bits are the same.

#include <sinter/kernel/flush_to_zero.hpp>
#include <sinter/train/model.hpp>

#include <cstring>
#include <type_traits>

namespace sinter {

namespace detail {
[[noreturn]] SINTER_COLD inline void raise_label(int last, int found) {
    raise({error_code::bad_argument, words("expected labels 0 to ", last, ", found ", found)});
}
[[noreturn]] SINTER_COLD inline void raise_rows(int capacity, int found) {
    raise({error_code::bad_argument, words("expected 1 to ", capacity, " rows, found ", found,
                                           "; give the model a larger rows<N>, or accumulate")});
}
}  // namespace detail

inline namespace SINTER_INSTRUCTION_SET {

template <class Net, class Loss, class Rule, class Target, class Scalar, class Rows, class Threads = no_team>
class trainer {
    static_assert(is_trainable<Net, Loss, Target, Rule>);
    using all = plans<Net, Scalar, Rows::capacity>;
    using gradient_plan = typename all::template gradient<Loss, Target>;
    using accumulate_plan = typename all::template accumulate<Loss, Target>;
    using step_plan = typename all::template step<Loss, Target, Rule>;
    using update_plan = typename all::template update<Loss, Target, Rule>;
    template <class Plan>
    using code =
        program<Scalar, Plan, typename plans<Net, Scalar, 1>::inference, step_plan>;  // whose kernels are shared

public:
    using stored_target = std::conditional_t<Target::integers, std::int32_t, Scalar>;
    static constexpr int capacity = Rows::capacity;
    static constexpr int parameter_elements = all::parameters::value.elements;

    trainer(model<Net, Scalar, Rows>& net, Loss, Rule rule, Target = {}, Threads threads = {})
        : net_{net}, threads_{threads}, rule_{rule} {
        reset();
    }

    /// Forgets the rule's state and its count of steps. *Raises* bad_argument if the rule writes other scalars than it
    /// has.
    void reset() {
        detail::check_scalars(rule_);
        states_ = aligned_buffer<Scalar>(static_cast<std::size_t>(parameter_elements * Rule::state_count));
        step_ = 0;
    }
    Rule& rule() { return rule_; }
    /// The team, or what stands for it, with which a minibatch can be gathered.
    std::remove_reference_t<Threads>& threads() { return threads_; }
    long long steps() const { return step_; }

    // ---- one call a minibatch

    /// Trains on `count` samples, dense rows of inputs and targets; gives the mean loss before the step.
    double step(const Scalar* inputs, const stored_target* targets, int count) {
        copy_in<step_plan>(inputs, targets, count);
        return step_on_buffers(count);
    }
    /// The same on what stands in the buffers (`input_row`, `target_row` of step_buffers()).
    double step_on_buffers(int count) {
        next_step(count);
        run<step_plan>(count);
        return loss_of<step_plan>();
    }

    // ---- forward, backward, update

    double forward(const Scalar* inputs, const stored_target* targets, int count) {
        copy_in<gradient_plan>(inputs, targets, count);
        return forward_on_buffers(count, count);
    }
    double forward_on_buffers(int count, int mean_over) {
        set_mean(mean_over);
        rows_ = count;
        run<gradient_plan, 0, gradient_plan::value.calls_until_output>(count);
        return loss_of<gradient_plan>();
    }
    /// *Raises* bad_argument if nothing went forward.
    void backward() {
        if (rows_ == 0) raise({error_code::bad_argument, "backward: expected a call of forward before it"});
        run<gradient_plan, gradient_plan::value.calls_until_output>(rows_);
    }
    /// *Raises* bad_argument if there are no gradients.
    void update() {
        if (rows_ == 0)
            raise({error_code::bad_argument, "update: expected forward and backward, or accumulate, before it"});
        next_step(rows_);
        run<update_plan>(rows_);
    }

    // ---- minibatches above the capacity: zero_gradients, accumulate…, update

    void zero_gradients() {
        for (std::size_t i = 0; i < gradients().size(); ++i) gradients()[i] = 0;
    }
    /// Adds the gradients of `count` of `mean_over` samples; gives the part of the mean loss that is theirs.
    double accumulate_on_buffers(int count, int mean_over) {
        set_mean(mean_over);
        rows_ = mean_over;
        run<accumulate_plan>(count);
        return loss_of<accumulate_plan>();
    }
    double accumulate(const Scalar* inputs, const stored_target* targets, int count, int mean_over) {
        copy_in<accumulate_plan>(inputs, targets, count);
        return accumulate_on_buffers(count, mean_over);
    }

    /// The gradients after backward() or accumulate(), by name, in the parameters' logical shapes.
    std::vector<parameter_view<Scalar>> gradient_views() { return parameters_in<Net>(gradients().data()); }

    // ---- buffers of one of the programs, to gather a minibatch in place and to read the network's output

    struct buffers {
        Scalar* inputs;
        stored_target* targets;
        const Scalar* outputs;
        std::size_t input_stride, target_stride, output_stride, output_size;
    };
    buffers step_buffers() { return buffers_of<step_plan>(); }
    buffers forward_buffers() { return buffers_of<gradient_plan>(); }
    buffers accumulate_buffers() { return buffers_of<accumulate_plan>(); }

private:
    aligned_buffer<Scalar>& gradients() {
        if (gradients_.size() == 0) gradients_ = aligned_buffer<Scalar>(static_cast<std::size_t>(parameter_elements));
        return gradients_;
    }
    /// The workspace: one block for all programs, as large as the largest that was called.
    template <class Plan>
    Scalar* values() {
        const auto needed = static_cast<std::size_t>(code<Plan>::workspace_elements_of(threads_.size()));
        if (values_.size() < needed) values_ = aligned_buffer<Scalar>(needed);
        return values_.data();
    }
    /// Scalars of the rule and the mean, then 0, 1, 2, …
    template <class Plan>
    Scalar* scalars() {
        constexpr auto needed = static_cast<std::size_t>(code<Plan>::scalar_elements);
        if (scalars_.size() < needed) {
            aligned_buffer<Scalar> larger(needed);
            for (std::size_t i = 0; i < first_iota; ++i) larger[i] = i < scalars_.size() ? scalars_[i] : Scalar(0);
            for (std::size_t i = first_iota; i < needed; ++i) larger[i] = static_cast<Scalar>(i - first_iota);
            scalars_ = std::move(larger);
        }
        return scalars_.data();
    }

    void set_mean(int mean_over) { scalars_[0] = Scalar(1) / static_cast<Scalar>(mean_over); }
    void next_step(int count) {
        set_mean(count);
        double now[Rule::scalar_count + 1];
        rule_.scalars(++step_, now);
        for (int i = 0; i < Rule::scalar_count; ++i)
            scalars_[static_cast<std::size_t>(first_rule_scalar + i)] = static_cast<Scalar>(now[i]);
    }

    template <class Plan, int First = 0, int Last = code<Plan>::call_count>
    void run(int count) {
        arenas<Scalar> storage;
        storage[arena::parameters] = net_.arena();
        storage[arena::state] = states_.data();
        storage[arena::gradients] = Plan::value.uses_gradients ? gradients().data() : nullptr;
        storage[arena::workspace] = storage[arena::inputs] = values<Plan>();
        storage[arena::scalars] = scalars<Plan>();
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
    buffers buffers_of() {
        constexpr port in = Plan::value.inputs[0], target = Plan::value.inputs[1], out = Plan::value.outputs[1];
        Scalar* const base = values<Plan>();
        // Labels lie in the arena as 32-bit integers; its elements are at least as large.
        auto* const targets = reinterpret_cast<stored_target*>(base + target.offset);
        return {base + in.offset,
                targets,
                base + out.offset,
                static_cast<std::size_t>(in.where.row_stride),
                static_cast<std::size_t>(target.where.row_stride),
                static_cast<std::size_t>(out.where.row_stride),
                static_cast<std::size_t>(out.shape.size())};
    }
    static stored_target checked(stored_target target) {
        if constexpr (Target::integers)
            if (target < 0 || target >= network_output<Net>.last())
                detail::raise_label(network_output<Net>.last() - 1, target);
        return target;
    }
    template <class Plan>
    void copy_in(const Scalar* inputs, const stored_target* targets, int count) {
        constexpr auto in = static_cast<std::size_t>(input_shape_t<Net>::size),
                       out = static_cast<std::size_t>(Target::shape_type::size);
        if (count < 1 || count > capacity) detail::raise_rows(capacity, count);
        const buffers b = buffers_of<Plan>();
        for (std::size_t r = 0; r < static_cast<std::size_t>(count); ++r) {
            std::memcpy(b.inputs + r * b.input_stride, inputs + r * in, in * sizeof(Scalar));
            for (std::size_t i = 0; i < out; ++i) b.targets[r * b.target_stride + i] = checked(targets[r * out + i]);
        }
    }

    model<Net, Scalar, Rows>& net_;
    Threads threads_;  // a reference to a team
    Rule rule_;
    aligned_buffer<Scalar> states_, gradients_, values_;
    aligned_buffer<Scalar> scalars_{first_iota};
    long long step_ = 0;
    int rows_ = 0;
};

template <class Net, class Loss, class Rule, class Target, class Scalar, class Rows, class Team>
trainer(model<Net, Scalar, Rows>&, Loss, Rule, Target, Team&) -> trainer<Net, Loss, Rule, Target, Scalar, Rows, Team&>;

template <class Net, class Loss, class Rule, class Scalar, class Rows>
trainer(model<Net, Scalar, Rows>&, Loss, Rule) -> trainer<Net, Loss, Rule, detail::no_targets, Scalar, Rows>;

template <class Net, class Target, class Scalar, class Rows, class Threads>
using trainer_of_any = trainer<Net, detail::any_loss, detail::any_rule,
                               std::conditional_t<target_type<Target>, Target, labels>, Scalar, Rows, Threads>;
/// Refused: a loss, a rule or targets that are none. One error, and then a trainer of others, so that nothing follows.
template <class Net, class Loss, class Rule, class Target, class Scalar, class Rows, class Threads>
    requires(!(loss_type<Loss> && update_rule<Rule> && target_type<Target>))
class trainer<Net, Loss, Rule, Target, Scalar, Rows, Threads>
    : public trainer_of_any<Net, Target, Scalar, Rows, Threads> {
    static_assert(detail::require_types<Loss, Rule, Target>());
    using accepted = trainer_of_any<Net, Target, Scalar, Rows, Threads>;

public:
    trainer(model<Net, Scalar, Rows>& net, Loss, Rule, Target = {}, Threads&& threads = Threads{})
        : accepted{net, {}, {}, {}, static_cast<Threads&&>(threads)} {}
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter
