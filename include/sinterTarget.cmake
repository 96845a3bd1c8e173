# SPDX-License-Identifier: BSL-1.0
# The CMake targets of sinter. The CMakeLists.txt beside this file reads it, and so does the installed package.
#
#   sinter::sinter   the headers, C++20, Boost's headers (1.74 or newer) and xsimd's (8.1 or newer)
#   sinter::images   the same with zlib, which <sinter/data/mnist.hpp> alone needs; only where zlib is found
#
# With SCALAR true, or with SINTER_SCALAR set by the user, the headers compile every kernel without xsimd.

# FindBoost still serves where Boost brings no package of its own.
if(POLICY CMP0167)
  cmake_policy(SET CMP0167 OLD)
endif()

# Adds what TARGET, another package's headers, gives its users. Of an imported target the folders are copied: the target
# is visible in one directory only, and Debian's xsimd names a library that does not exist.
function(sinter_add_headers_of target)
  get_target_property(imported ${target} IMPORTED)
  get_target_property(folders ${target} INTERFACE_INCLUDE_DIRECTORIES)
  if(imported AND folders)
    set_property(TARGET sinter::sinter APPEND PROPERTY INTERFACE_INCLUDE_DIRECTORIES ${folders})
  else()
    set_property(TARGET sinter::sinter APPEND PROPERTY INTERFACE_LINK_LIBRARIES ${target})
  endif()
endfunction()

# Defines the targets over the headers in INCLUDE_DIR. MISSING becomes a sentence about what was not found, or empty.
function(sinter_define_targets include_dir scalar missing)
  set(${missing} "" PARENT_SCOPE)
  if(TARGET sinter::sinter)
    return()
  endif()

  if(NOT TARGET Boost::headers)
    find_package(Boost 1.74 QUIET CONFIG)
    if(NOT Boost_FOUND)
      find_package(Boost 1.74 QUIET)
    endif()
    if(NOT TARGET Boost::headers)
      set(${missing} "sinter needs the headers of Boost 1.74 or newer (Boost.Hana): install libboost-dev, or set Boost_ROOT" PARENT_SCOPE)
      return()
    endif()
  endif()

  if(NOT scalar AND NOT SINTER_SCALAR AND NOT TARGET xsimd)
    # xsimd's package refuses a request for another major version than its own, so the version is compared here.
    find_package(xsimd QUIET CONFIG)
    if(NOT xsimd_FOUND OR xsimd_VERSION VERSION_LESS 8.1)
      set(${missing} "sinter needs xsimd 8.1 or newer, found ${xsimd_VERSION}${xsimd_DIR}: install libxsimd-dev, set xsimd_ROOT, or set SINTER_SCALAR for kernels without it" PARENT_SCOPE)
      return()
    endif()
  endif()

  # An imported target stands in no export set, so a library that uses sinter can be exported without it.
  add_library(sinter::sinter INTERFACE IMPORTED GLOBAL)
  set_target_properties(sinter::sinter PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${include_dir}"
    INTERFACE_COMPILE_FEATURES cxx_std_20)
  sinter_add_headers_of(Boost::headers)
  if(scalar OR SINTER_SCALAR)
    set_property(TARGET sinter::sinter PROPERTY INTERFACE_COMPILE_DEFINITIONS SINTER_SCALAR)
  else()
    sinter_add_headers_of(xsimd)
  endif()

  find_package(ZLIB QUIET)
  if(ZLIB_FOUND)
    add_library(sinter::images INTERFACE IMPORTED GLOBAL)
    set_target_properties(sinter::images PROPERTIES
      INTERFACE_INCLUDE_DIRECTORIES "${ZLIB_INCLUDE_DIRS}"
      INTERFACE_LINK_LIBRARIES "sinter::sinter;${ZLIB_LIBRARIES}")
  endif()
endfunction()
