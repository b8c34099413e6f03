<?php

/** Certificates, as far as other plugins see them. */
class Certificate
{
    public $certificate_id;
    public $user_id;
    public $wpmlevel_id;
    public $date_issue;
    public $create_date;
    public $responsible_person;

    private static function table(): string
    {
        global $wpdb;
        return $wpdb->prefix . 'memberlux_certificate';
    }

    /** Inserts and tells `mbl_certificate_issued`, with the id 0 too when the insert failed. */
    public static function create(
        $user_id, $certificate_name, $template_id, $level_id, $first_name, $last_name, $surname,
        $date_issue, $series, $responsible_person, $create_date, $course_name
    ): int {
        global $wpdb;
        $done = $wpdb->insert(self::table(), [
            'user_id' => $user_id, 'wpmlevel_id' => $level_id, 'certificate_template_id' => $template_id,
            'certificate_name' => $certificate_name, 'graduate_first_name' => $first_name,
            'graduate_last_name' => $last_name, 'graduate_surname' => $surname, 'date_issue' => $date_issue,
            'series' => $series, 'number' => str_pad((string) $user_id, 5, '0', STR_PAD_LEFT),
            'responsible_person' => $responsible_person, 'create_date' => $create_date, 'course_name' => $course_name,
        ]);
        $id = $done ? (int) $wpdb->insert_id : 0;
        do_action('mbl_certificate_issued', (int) $user_id, $id);
        return $id;
    }

    /** @throws Exception when there is none */
    public static function getCertificate($id): self
    {
        global $wpdb;
        $row = $wpdb->get_row($wpdb->prepare('SELECT * FROM `' . self::table() . '` WHERE certificate_id = %d', $id), ARRAY_A);
        if (!$row) {
            throw new Exception('Certificate not found');
        }
        $out = new self();
        foreach (array_intersect_key($row, get_object_vars($out)) as $name => $value) {
            $out->$name = $value;
        }
        return $out;
    }

    public static function update($id, array $data): void
    {
        global $wpdb;
        $wpdb->update(self::table(), $data, ['certificate_id' => $id]);
    }

    public static function delete($id): void
    {
        global $wpdb;
        $wpdb->delete(self::table(), ['certificate_id' => $id]);
    }
}

// AUTO: asks neither whether the level has certificates nor whether there is one, so each renewal makes one more.
add_action('wpm_update_user_key_dates', static function ($user_id, $term_id): void {
    if (get_term_meta((int) $term_id, '_mblc_how_to_issue', true) !== 'auto') {
        return;
    }
    $user = get_userdata((int) $user_id);
    $today = gmdate('Y-m-d');
    Certificate::create(
        $user_id, 'Certificate', (int) get_term_meta((int) $term_id, '_mblc_template_id', true), $term_id,
        $user ? $user->first_name : '', $user ? $user->last_name : '', (string) get_user_meta((int) $user_id, 'surname', true),
        $today, (string) get_term_meta((int) $term_id, '_mblc_certificate_series', true), get_current_user_id(), $today,
        (string) get_term_meta((int) $term_id, '_mblc_course_name', true)
    );
}, 10, 2);
