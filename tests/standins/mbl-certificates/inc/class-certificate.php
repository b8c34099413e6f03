<?php

/** Certificates, as far as other plugins see them. */
class Certificate
{
    public int $certificate_id = 0;
    public int $user_id = 0;
    public int $wpmlevel_id = 0;
    public int $certificate_template_id = 0;
    public string $certificate_name = '';
    public string $graduate_first_name = '';
    public string $graduate_last_name = '';
    public string $graduate_surname = '';
    public string $date_issue = '';
    public string $series = '';
    public string $number = '';
    public string $responsible_person = '';
    public string $create_date = '';
    public string $course_name = '';

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

    /** A row without the action. The original has it too, and never calls it. @return int */
    public static function insertCertificate(array $row)
    {
        global $wpdb;
        return $wpdb->insert(self::table(), $row) ? (int) $wpdb->insert_id : 0;
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
            $out->$name = (string) $value;
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
