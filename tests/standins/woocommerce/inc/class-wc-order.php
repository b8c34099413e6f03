<?php

/** An order in the posts table: status, customer, items, notes. Nothing is written before save(). */
class WC_Order
{
    /** Properties and the post meta that keep them. */
    protected const PROPS = ['billing_email' => '_billing_email', 'billing_first_name' => '_billing_first_name',
        'billing_last_name' => '_billing_last_name', 'customer_id' => '_customer_user', 'total' => '_order_total'];

    protected $id = 0;
    protected $status = 'pending';
    protected $parent_id = 0;
    /** @var array<string,mixed> */
    protected $props = [];
    /** @var array<string,mixed> */
    protected $meta = [];
    /** @var array[] product id, quantity */
    protected $items = [];
    /** @var array|false from, to, note, manual of a change that is not saved yet */
    protected $status_transition = false;

    /** @param int|WC_Order $order @throws Exception when there is no such order */
    public function __construct($order = 0)
    {
        $id = is_object($order) ? $order->get_id() : (int) $order;
        $id === 0 || $this->read($id);
    }

    public function get_type()
    {
        return 'shop_order';
    }

    public function get_id()
    {
        return $this->id;
    }

    public function get_status()
    {
        return $this->status;
    }

    public function has_status($status)
    {
        return in_array($this->status, (array) $status, true);
    }

    public function set_status($new_status, $note = '', $manual = false)
    {
        $to = preg_replace('/\Awc-/', '', $new_status);
        if ($to !== $this->status) {
            $from = $this->status_transition['from'] ?? $this->status;
            $this->status_transition = ['from' => $from, 'to' => $to, 'note' => $note, 'manual' => $manual];
        }
        $this->status = $to;
    }

    public function update_status($new_status, $note = '', $manual = false)
    {
        $this->set_status($new_status, $note, $manual);
        $this->save();
        return true;
    }

    /** Hooks of a new status run in here, after the row is written. */
    public function save()
    {
        $post = ['post_type' => $this->get_type(), 'post_status' => 'wc-' . $this->status,
            'post_title' => 'Order', 'post_parent' => $this->parent_id];
        $this->id = $this->id === 0 ? wp_insert_post($post) : wp_update_post($post + ['ID' => $this->id]);
        foreach (static::PROPS as $name => $key) {
            update_post_meta($this->id, $key, $this->props[$name] ?? '');
        }
        foreach ($this->meta as $key => $value) {
            update_post_meta($this->id, $key, $value);
        }
        update_post_meta($this->id, '_stand_in_items', $this->items);
        $this->status_transition();
        return $this->id;
    }

    protected function status_transition()
    {
        $change = $this->status_transition;
        $this->status_transition = false;
        if (!$change) {
            return;
        }
        try {
            do_action("woocommerce_order_status_{$change['to']}", $this->id, $this);
            do_action("woocommerce_order_status_{$change['from']}_to_{$change['to']}", $this->id, $this);
            do_action('woocommerce_order_status_changed', $this->id, $change['from'], $change['to'], $this);
        } catch (Exception $e) {
            wc_get_logger()->error("Status transition of order #{$this->id} errored!", ['error' => $e]);
            $this->add_order_note('Error during status transition. ' . $e->getMessage());
        }
    }

    public function payment_complete($transaction_id = '')
    {
        $this->update_status('completed');
        do_action('woocommerce_payment_complete', $this->id, $transaction_id);
        return true;
    }

    public function add_order_note($note, $is_customer_note = 0, $added_by_user = false)
    {
        return wp_insert_comment(['comment_post_ID' => $this->id, 'comment_content' => $note, 'comment_type' => 'order_note',
            'comment_author' => 'WooCommerce', 'comment_agent' => 'WooCommerce']);
    }

    public function get_parent_id()
    {
        return $this->parent_id;
    }

    public function set_parent_id($id)
    {
        $this->parent_id = (int) $id;
    }

    public function get_customer_id()
    {
        return (int) $this->get_prop('customer_id');
    }

    public function get_user_id()
    {
        return $this->get_customer_id();
    }

    /** @return WP_User|false */
    public function get_user()
    {
        return $this->get_customer_id() ? get_user_by('id', $this->get_customer_id()) : false;
    }

    public function set_customer_id($id)
    {
        $this->set_prop('customer_id', (int) $id);
    }

    public function get_billing_email()
    {
        return (string) $this->get_prop('billing_email');
    }

    public function set_billing_email($email)
    {
        $this->set_prop('billing_email', $email);
    }

    public function get_billing_first_name()
    {
        return (string) $this->get_prop('billing_first_name');
    }

    public function set_billing_first_name($name)
    {
        $this->set_prop('billing_first_name', $name);
    }

    public function get_billing_last_name()
    {
        return (string) $this->get_prop('billing_last_name');
    }

    public function set_billing_last_name($name)
    {
        $this->set_prop('billing_last_name', $name);
    }

    /** @return string decimal, such as "990.50" */
    public function get_total()
    {
        return (string) $this->get_prop('total');
    }

    public function set_total($total)
    {
        $this->set_prop('total', $total);
    }

    /** @param int|object $product its id, or an object with get_id() */
    public function add_product($product, $quantity = 1)
    {
        $this->items[] = [is_object($product) ? $product->get_id() : (int) $product, (int) $quantity];
    }

    /** @return WC_Order_Item_Product[] */
    public function get_items($types = 'line_item')
    {
        return array_map(static function (array $item): WC_Order_Item_Product {
            return new WC_Order_Item_Product(...$item);
        }, $this->items);
    }

    public function get_meta($key, $single = true)
    {
        return $this->meta[$key] ?? get_post_meta($this->id, $key, true);
    }

    public function update_meta_data($key, $value)
    {
        $this->meta[$key] = $value;
    }

    protected function get_prop($name, $context = 'view')
    {
        return $this->props[$name] ?? null;
    }

    protected function set_prop($name, $value)
    {
        $this->props[$name] = $value;
    }

    private function read(int $id): void
    {
        $post = get_post($id);
        if (!$post || $post->post_type !== $this->get_type()) {
            throw new Exception('Invalid order.');
        }
        $this->id = $id;
        $this->status = preg_replace('/\Awc-/', '', $post->post_status);
        $this->parent_id = (int) $post->post_parent;
        foreach (static::PROPS as $name => $key) {
            $this->props[$name] = get_post_meta($id, $key, true);
        }
        $this->items = (array) (get_post_meta($id, '_stand_in_items', true) ?: []);
    }
}
