-- Under which pepper a key's hash was made, so that an operator who rotates the pepper sees how far it is.

-- The first 8 hexadecimal digits of HMAC-SHA256(pepper, 'pepper fingerprint'); NULL: before there was a second one.
ALTER TABLE keys ADD COLUMN pepper TEXT;
