"""What is shown is handed on: links that open the apps of others, a block for a CV, one badge on a profile."""

# fmt: off
from .cv_block import DOTS, DOTS_SEEN, can_choose_top, patches_of, picture_drawing, pictures_needed
from .outgoing_links import (MESSAGE_LIMIT, Certification, file_name, linkedin_link, mail_link, message_of, sms_link,
    whatsapp_link, with_link)
from .page_badges import FirstPage, place_on_page, show_on_page
