from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "seatrobot.kernel.vault"
    label = "kernel_vault"
