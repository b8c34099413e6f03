#include "site/table_shape.hpp"

#include "base/error.hpp"
#include "site/connection.hpp"

namespace dormouse::site {

namespace {
constexpr text_column widest{charset::utf8mb4, static_cast<std::size_t>(-1), static_cast<std::size_t>(-1)};

/// VARCHAR is limited in characters, TEXT in bytes; information_schema gives both numbers for both.
text_column limits_of(const row& r) {
    const auto length = r.number(3);
    if (r.is_null(1)) return widest;
    if (!length) return {charset_of(r.text(1)), static_cast<std::size_t>(-1), static_cast<std::size_t>(-1)};
    const auto limit = static_cast<std::size_t>(*length);
    const bool by_character = r.text(2) == "varchar" || r.text(2) == "char";
    return {charset_of(r.text(1)), by_character ? static_cast<std::size_t>(-1) : limit,
            by_character ? static_cast<std::size_t>(r.number(4).value_or(*length)) : static_cast<std::size_t>(-1)};
}

std::shared_ptr<const table_shape> read_shape(connection& c, const std::string& table) {
    auto shape = std::make_shared<table_shape>();
    const auto columns = c.query(
        "SELECT column_name, character_set_name, data_type, character_octet_length, character_maximum_length "
        "FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ?",
        {table});
    for (const auto& r : columns) shape->add(r.text(0), limits_of(r));
    return shape;
}

/// information_schema hides a table without rights and a table that is not there alike; the server's own error does
/// not.
void insist_it_is_missing(connection& c, const std::string& table) {
    try {
        (void)c.query("SELECT 1 FROM `" + table + "` LIMIT 0");
    } catch (const base::failure& e) {
        if (e.get() == base::errc::not_found) return;
        throw;
    }
}
}  // namespace

text_column table_shape::text(std::string_view column) const {
    const auto found = columns_.find(column);
    return found == columns_.end() ? widest : found->second;
}

std::shared_ptr<const table_shape> table_shapes::of(connection& c, const std::string& table) {
    const auto now = clock_type::now();
    {
        const std::lock_guard lock{mutex_};
        const auto found = known_.find(table);
        if (found != known_.end() && now - found->second.read_at < life) return found->second.shape;
    }
    auto shape = read_shape(c, table);
    if (!shape->exists()) {
        insist_it_is_missing(c, table);
        return shape;
    }
    const std::lock_guard lock{mutex_};
    known_[table] = {shape, now};
    return shape;
}

std::shared_ptr<const table_shape> table_shapes::if_allowed(connection& c, const std::string& table) {
    try {
        return of(c, table);
    } catch (const base::failure& e) {
        if (e.get() != base::errc::denied) throw;
        return std::make_shared<table_shape>();
    }
}

void table_shapes::forget() {
    const std::lock_guard lock{mutex_};
    known_.clear();
}

}  // namespace dormouse::site
