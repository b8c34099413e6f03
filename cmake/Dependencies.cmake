# Every package, found once; `scripts/setup` installs what is missing.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS system json url)
find_package(PkgConfig REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(date REQUIRED)
find_package(GTest REQUIRED)
include(GoogleTest)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET hiredis)
pkg_check_modules(LIBSYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
pkg_check_modules(IDN2 REQUIRED IMPORTED_TARGET libidn2)
pkg_check_modules(GMIME REQUIRED IMPORTED_TARGET gmime-3.0)
# Its -pthread would part the files that see it from the precompiled header.
set_property(TARGET PkgConfig::GMIME PROPERTY INTERFACE_COMPILE_OPTIONS)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl)
pkg_check_modules(LIBXML2 REQUIRED IMPORTED_TARGET libxml-2.0)

# MySQL Connector/C++: its -dev package would replace Boost 1.81 by 1.74, so scripts/setup unpacks
# only the headers below build/; <cppconn/*.h> needs no Boost.
set(DORMOUSE_MYSQLCPPCONN_DIR "${PROJECT_SOURCE_DIR}/build/mysqlcppconn" CACHE PATH
  "Where scripts/setup unpacked libmysqlcppconn-dev")
find_path(MYSQLCPPCONN_INCLUDE cppconn/driver.h PATHS "${DORMOUSE_MYSQLCPPCONN_DIR}/usr/include" NO_DEFAULT_PATH)
find_library(MYSQLCPPCONN_LIBRARY NAMES libmysqlcppconn.so.7)
if(NOT MYSQLCPPCONN_INCLUDE OR NOT MYSQLCPPCONN_LIBRARY)
  message(FATAL_ERROR "MySQL Connector/C++ is missing: run scripts/setup")
endif()
add_library(dormouse_mysqlcppconn INTERFACE)
add_library(dormouse::mysqlcppconn ALIAS dormouse_mysqlcppconn)
target_include_directories(dormouse_mysqlcppconn SYSTEM INTERFACE "${MYSQLCPPCONN_INCLUDE}")
target_link_libraries(dormouse_mysqlcppconn INTERFACE "${MYSQLCPPCONN_LIBRARY}")

# Asio and Beast compile once (base/boost_asio.cpp, net/boost_beast.cpp).
add_library(dormouse_asio INTERFACE)
add_library(dormouse::asio ALIAS dormouse_asio)
target_compile_definitions(dormouse_asio INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(dormouse_asio INTERFACE
  Boost::system Boost::json Boost::url OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
