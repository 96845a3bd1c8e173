// SPDX-License-Identifier: BSL-1.0
// Rules whose counts are no constants or negative, without update or scalars, or that return and read something else.
// expect-error: has `static constexpr int state_count, scalar_count`
// expect-error: require_rule<for_each_object>|Rule = for_each_object
// expect-error: require_rule<at_run_time>|Rule = at_run_time
// expect-error: has a state_count of 0 or more and a scalar_count of 0 to 31
// expect-error: require_rule<negative>|Rule = negative
// expect-error: require_rule<too_many>|Rule = too_many
// expect-error: has `static constexpr auto update
// expect-error: require_rule<without_scalar>|Rule = without_scalar
// expect-error: `update` of an update rule is constexpr
// expect-error: has `void scalars\(long long step, double\* out\) const`
// expect-error: rule_recipe<too_few_results> ?>.*rule_returns_other_results.*expects<2>.*found<1>
// expect-error: rule_recipe<too_many_results> ?>.*rule_returns_other_results.*expects<2>.*found<3>
// expect-error: rule_recipe<no_results> ?>.*rule_returns_other_results.*expects<2>.*found<0>
// expect-error: rule_recipe<vector_result> ?>.*rule_returns_other_results.*found<1>
// expect-error: rule_recipe<reads_gradient_as_state> ?>.*rule_has_no_such_state.*expects<1>.*found<1>.*at_line<92>
// expect-error: rule_recipe<reads_fourth_scalar> ?>.*rule_has_no_such_scalar.*expects<1>.*found<3>.*at_line<94>
// expect-error: rule_recipe<reads_no_axis> ?>.*axis_out_of_range
// expect-error-count: 14
#include <sinter/graph/functions.hpp>
#include <sinter/graph/results.hpp>
#include <sinter/optim/optimizer.hpp>

#ifdef EXPECT_FAILURE
#define CHOOSE(right, wrong) wrong
#define RIGHT(...)
#define WRONG(...) __VA_ARGS__
#else
#define CHOOSE(right, wrong) right
#define RIGHT(...) __VA_ARGS__
#define WRONG(...)
#endif

using sinter::results;

struct good {
    static constexpr int state_count = 1, scalar_count = 1;
    static constexpr auto update(auto p, auto g, const auto& state, const auto& scalar) {
        return results{p - scalar[0] * state[0], state[0] + g};
    }
    void scalars(long long, double* out) const { out[0] = 1; }
};
struct for_each_object : good {
    CHOOSE(static constexpr, ) int state_count = 1;
};
struct at_run_time : good {
    static CHOOSE(constexpr, inline) int scalar_count = 1;
};
struct negative : good {
    static constexpr int scalar_count = CHOOSE(1, -1);
};
struct too_many : good {
    static constexpr int scalar_count = CHOOSE(31, 32);
};
struct without_scalar : good {
    static constexpr auto update(auto p, auto g, const auto& state RIGHT(, const auto&)) {
        return results{p - g, state[0]};
    }
};
int factor() { return 2; }
struct not_constant : good {
    static constexpr auto update(auto p, auto g, const auto& state, const auto&) {
        return results{p - CHOOSE(2, factor()) * g, state[0]};
    }
};
struct changes : good {
    void scalars(long long, double* out) CHOOSE(const, ) { out[0] = 1; }
};
struct too_few_results : good {
    static constexpr auto update(auto p, auto g, const auto& state, const auto&) {
        return CHOOSE((results{p - g, state[0]}), p - g);
    }
};
struct too_many_results : good {
    static constexpr auto update(auto p, auto g, const auto& state, const auto&) {
        return results{p - g, state[0] WRONG(, g)};
    }
};
struct no_results : good {
    static constexpr auto update(auto p, auto g, const auto& state, const auto&) {
        CHOOSE(return, static_cast<void>)(results{p - g, state[0]});
    }
};
struct vector_result : good {
    static constexpr auto update(auto p, auto g, const auto& state, const auto&) {
        return results{CHOOSE(, reshape<1>)(p - g), state[0]};
    }
};
struct reads_gradient_as_state : good {
    static constexpr auto update(auto p, auto g, const auto& state, const auto&) {
        return results{p - g, state[CHOOSE(0, 1)]};
    }
    static constexpr auto other(auto p, const auto& scalar) { return p * scalar[CHOOSE(0, 3)]; }
};
struct reads_fourth_scalar : good {
    static constexpr auto update(auto p, auto g, const auto& state, const auto& scalar) {
        return results{reads_gradient_as_state::other(p, scalar) - g, state[0]};
    }
};
struct reads_no_axis : good {
    static constexpr auto update(auto p, auto g, const auto& state, const auto&) {
        return results{p - CHOOSE(g, sum<0>(g)), state[0]};
    }
};

template <class... Rule>
constexpr bool sound = (sinter::is_sound_rule<Rule> && ...);
static_assert(sound<for_each_object, at_run_time, negative, too_many, without_scalar, not_constant, changes>);
static_assert(sound<too_few_results, too_many_results, no_results, vector_result, reads_gradient_as_state>);
static_assert(sound<reads_fourth_scalar, reads_no_axis>);
