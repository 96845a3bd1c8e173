// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Tensor expressions: traced values and free expressions, the node table, the interpreter. No kernels, no Boost.

#include <sinter/graph/arithmetic.hpp>
#include <sinter/graph/builder.hpp>
#include <sinter/graph/canonical.hpp>
#include <sinter/graph/expression.hpp>
#include <sinter/graph/functions.hpp>
#include <sinter/graph/interpreter.hpp>
#include <sinter/graph/mistake.hpp>
#include <sinter/graph/misuse.hpp>
#include <sinter/graph/network_record.hpp>
#include <sinter/graph/node.hpp>
#include <sinter/graph/operations.hpp>
#include <sinter/graph/raise.hpp>
#include <sinter/graph/reductions.hpp>
#include <sinter/graph/reference.hpp>
#include <sinter/graph/refused.hpp>
#include <sinter/graph/results.hpp>
#include <sinter/graph/samples.hpp>
#include <sinter/graph/shape_rules.hpp>
#include <sinter/graph/table.hpp>
#include <sinter/graph/views.hpp>
