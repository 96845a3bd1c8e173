// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Models, training, inference.

#include <sinter/train/fit.hpp>
#include <sinter/train/history.hpp>
#include <sinter/train/inference.hpp>
#include <sinter/train/metric.hpp>
#include <sinter/train/model.hpp>
#include <sinter/train/plans.hpp>
#include <sinter/train/programs.hpp>
#include <sinter/train/progress.hpp>
#include <sinter/train/refused_data.hpp>
#include <sinter/train/summary.hpp>
#include <sinter/train/trainer.hpp>
#include <sinter/train/weights.hpp>
