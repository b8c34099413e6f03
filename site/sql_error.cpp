#include "site/sql_error.hpp"

namespace dormouse::site {

base::errc errc_of(int number) noexcept {
    using base::errc;
    switch (number) {
        case 1053:  // ER_SERVER_SHUTDOWN
        case 1158:  // ER_NET_READ_ERROR
        case 1159:  // ER_NET_READ_INTERRUPTED
        case 1160:  // ER_NET_ERROR_ON_WRITE
        case 1161:  // ER_NET_WRITE_INTERRUPTED
        case 1184:  // ER_NEW_ABORTING_CONNECTION
        case 1927:  // ER_CONNECTION_KILLED (MariaDB)
        case 4031:  // ER_CLIENT_INTERACTION_TIMEOUT (MySQL)
        case 2006:  // CR_SERVER_GONE_ERROR
        case 2013:  // CR_SERVER_LOST
        case 2055:  // CR_SERVER_LOST_EXTENDED
        case 5014:  // a read or write that did not end in time (MariaDB client)
            return errc::connection_lost;

        case 1021:  // ER_DISK_FULL
        case 1040:  // ER_CON_COUNT_ERROR: too many connections
        case 1041:  // ER_OUT_OF_RESOURCES
        case 1114:  // ER_RECORD_FILE_FULL
        case 1129:  // ER_HOST_IS_BLOCKED
        case 1203:  // ER_TOO_MANY_USER_CONNECTIONS
        case 1205:  // ER_LOCK_WAIT_TIMEOUT
        case 1213:  // ER_LOCK_DEADLOCK
        case 1226:  // ER_USER_LIMIT_REACHED
        case 1290:  // ER_OPTION_PREVENTS_STATEMENT: read only
        case 1317:  // ER_QUERY_INTERRUPTED
        case 1836:  // ER_READ_ONLY_MODE
        case 2001:  // CR_SOCKET_CREATE_ERROR
        case 2002:  // CR_CONNECTION_ERROR
        case 2003:  // CR_CONN_HOST_ERROR
        case 2005:  // CR_UNKNOWN_HOST
            return errc::unavailable;

        case 1969:  // ER_STATEMENT_TIMEOUT (MariaDB)
        case 3024:  // ER_QUERY_TIMEOUT (MySQL)
            return errc::timed_out;

        case 1044:  // ER_DBACCESS_DENIED_ERROR
        case 1045:  // ER_ACCESS_DENIED_ERROR
        case 1142:  // ER_TABLEACCESS_DENIED_ERROR
        case 1143:  // ER_COLUMNACCESS_DENIED_ERROR
        case 1227:  // ER_SPECIFIC_ACCESS_DENIED_ERROR
        case 1370:  // ER_PROCACCESS_DENIED_ERROR
        case 1698:  // ER_ACCESS_DENIED_NO_PASSWORD_ERROR
            return errc::denied;

        case 1049:  // ER_BAD_DB_ERROR
        case 1051:  // ER_BAD_TABLE_ERROR
        case 1054:  // ER_BAD_FIELD_ERROR
        case 1146:  // ER_NO_SUCH_TABLE
            return errc::not_found;

        case 1022:  // ER_DUP_KEY
        case 1062:  // ER_DUP_ENTRY
        case 1586:  // ER_DUP_ENTRY_WITH_KEY_NAME
            return errc::conflict;

        case 1153:  // ER_NET_PACKET_TOO_LARGE
        case 2020:  // CR_NET_PACKET_TOO_LARGE
            return errc::too_large;

        case 1048:  // ER_BAD_NULL_ERROR
        case 1264:  // ER_WARN_DATA_OUT_OF_RANGE
        case 1265:  // WARN_DATA_TRUNCATED
        case 1292:  // ER_TRUNCATED_WRONG_VALUE
        case 1366:  // ER_TRUNCATED_WRONG_VALUE_FOR_FIELD
        case 1406:  // ER_DATA_TOO_LONG
            return errc::invalid_argument;

        case 2014:  // CR_COMMANDS_OUT_OF_SYNC
        case 2027:  // CR_MALFORMED_PACKET
            return errc::protocol;

        default: return errc::server_error;
    }
}

}  // namespace dormouse::site
