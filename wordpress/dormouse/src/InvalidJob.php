<?php

namespace Dormouse;

/** The caller asked for a job that no worker could accept. The message names the field and the rule. */
final class InvalidJob extends \InvalidArgumentException
{
}
