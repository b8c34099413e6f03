# The one precompiled header of the product. Its target knows only what every room knows, so that
# every room may re-use it.
add_library(dormouse_pch OBJECT "${PROJECT_SOURCE_DIR}/cmake/pch.cpp")
target_link_libraries(dormouse_pch PUBLIC dormouse::options dormouse::asio)
target_precompile_headers(dormouse_pch PRIVATE "${PROJECT_SOURCE_DIR}/cmake/pch.hpp")

# dormouse_room(NAME SOURCES … DEPENDS …): one static library per folder, `dormouse::NAME`.
# DEPENDS are public; PRIVATE_DEPENDS stay inside the room's .cpp files.
function(dormouse_room name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  add_library(dormouse_${name} STATIC ${ARG_SOURCES})
  add_library(dormouse::${name} ALIAS dormouse_${name})
  target_link_libraries(dormouse_${name} PUBLIC dormouse::options ${ARG_DEPENDS} PRIVATE ${ARG_PRIVATE_DEPENDS})
  target_precompile_headers(dormouse_${name} REUSE_FROM dormouse_pch)
endfunction()

# dormouse_test(NAME LABEL unit|integration|e2e SOURCES … DEPENDS …): one GoogleTest executable;
# each TEST is a ctest entry and may run in parallel with all others.
function(dormouse_test name)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;DEPENDS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE dormouse::options ${ARG_DEPENDS} GTest::gmock GTest::gtest_main)
  target_precompile_headers(${name} REUSE_FROM dormouse_test_pch)
  target_compile_definitions(${name} PRIVATE DORMOUSE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST NO_PRETTY_VALUES
    PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT})
endfunction()
