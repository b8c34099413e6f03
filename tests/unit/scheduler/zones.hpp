#pragma once
// Zones that have done odd things between 2010 and 2030.

#include <array>

namespace dormouse::scheduler {

inline constexpr std::array odd_zones{"Europe/Berlin",
                                      "Europe/London",
                                      "Europe/Moscow",
                                      "Europe/Istanbul",
                                      "Europe/Volgograd",
                                      "Europe/Chisinau",
                                      "Europe/Dublin",  // winter time is the exception
                                      "America/New_York",
                                      "America/St_Johns",
                                      "America/Metlakatla",
                                      "America/Asuncion",
                                      "America/Santiago",
                                      "America/Sao_Paulo",     // changed at midnight, until 2019
                                      "America/Havana",        // midnight both ways
                                      "America/Caracas",       // half an hour in 2016
                                      "America/Nuuk",          // at -1 h of the day; gave up winter in 2023
                                      "America/Scoresbysund",  // two changes at once in 2024
                                      "America/Port-au-Prince",
                                      "Atlantic/Azores",
                                      "Africa/Cairo",
                                      "Africa/Casablanca",  // an hour off in Ramadan
                                      "Africa/El_Aaiun",
                                      "Africa/Juba",
                                      "Africa/Tripoli",
                                      "Africa/Sao_Tome",
                                      "Asia/Amman",
                                      "Asia/Beirut",
                                      "Asia/Damascus",
                                      "Asia/Gaza",  // twice a year and in Ramadan
                                      "Asia/Tehran",
                                      "Asia/Kathmandu",
                                      "Asia/Kolkata",
                                      "Asia/Hovd",
                                      "Asia/Pyongyang",       // half an hour, 2015 and 2018
                                      "Australia/Lord_Howe",  // half an hour of summer
                                      "Australia/Adelaide",
                                      "Antarctica/Troll",  // two hours of summer
                                      "Antarctica/Macquarie",
                                      "Antarctica/Casey",
                                      "Pacific/Auckland",
                                      "Pacific/Chatham",
                                      "Pacific/Apia",  // no 30 December 2011
                                      "Pacific/Easter",
                                      "Pacific/Norfolk",
                                      "Pacific/Fiji",
                                      "Pacific/Tongatapu",
                                      "Pacific/Bougainville",
                                      "Pacific/Kiritimati",
                                      "UTC"};

}  // namespace dormouse::scheduler
