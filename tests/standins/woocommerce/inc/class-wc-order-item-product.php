<?php

class WC_Order_Item_Product
{
    private $product_id;
    private $quantity;

    public function __construct(int $product_id, int $quantity)
    {
        $this->product_id = $product_id;
        $this->quantity = $quantity;
    }

    public function get_product_id(): int
    {
        return $this->product_id;
    }

    /** @return int 0: the product has no variations */
    public function get_variation_id(): int
    {
        return 0;
    }

    public function get_quantity(): int
    {
        return $this->quantity;
    }

    public function get_name(): string
    {
        return "Product {$this->product_id}";
    }
}
