# SPDX-License-Identifier: BSL-1.0
cmake_minimum_required(VERSION 3.18)
project(program LANGUAGES CXX)

include(FetchContent)
FetchContent_Declare(sinter
  GIT_REPOSITORY https://example.org/sinter.git  # where you cloned it from
  GIT_TAG main
  SOURCE_SUBDIR include)
FetchContent_MakeAvailable(sinter)
add_executable(program program.cpp)
target_link_libraries(program PRIVATE sinter::sinter)
