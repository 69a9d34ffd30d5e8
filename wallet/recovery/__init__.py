"""Coming back without a key: by a recovery code, by e-mail; and the recovery sheet."""
