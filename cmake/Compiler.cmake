# The language, the warnings and the sanitizers, in one place.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR
    "g++ ${CMAKE_CXX_COMPILER_VERSION} miscompiles coroutines (use-after-free, wrong frames, GCC bug 107288). "
    "Use Clang 19 (`cmake --preset dev`, packages from `scripts/setup`) or g++ 13 and newer.")
endif()

find_program(DORMOUSE_CCACHE ccache)
if(DORMOUSE_CCACHE)
  # ccache and precompiled headers agree only with these.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    ${DORMOUSE_CCACHE})
endif()

add_library(dormouse_options INTERFACE)
add_library(dormouse::options ALIAS dormouse_options)
target_compile_options(dormouse_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
target_include_directories(dormouse_options INTERFACE "${PROJECT_SOURCE_DIR}")
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_compile_options(dormouse_options INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
  target_link_options(dormouse_options INTERFACE -fuse-ld=lld-19)
endif()

set(DORMOUSE_SANITIZE "" CACHE STRING "address+undefined, thread, or nothing")
if(DORMOUSE_SANITIZE STREQUAL "address+undefined")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=function -fno-sanitize-recover=all -fno-omit-frame-pointer -O1)
  add_link_options(-fsanitize=address,undefined)
elseif(DORMOUSE_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer -O1)
  add_link_options(-fsanitize=thread)
elseif(NOT DORMOUSE_SANITIZE STREQUAL "")
  message(FATAL_ERROR "DORMOUSE_SANITIZE is '${DORMOUSE_SANITIZE}': use address+undefined, thread, or leave it empty")
endif()
